/* SPDX-License-Identifier: MIT */
/*
 * A small table of text, its columns as wide as their widest cell, with bars.
 * Owns its cells, in the caller's memory; what does not fit is cut.
 */
#ifndef NOWAIT_TOOL_TABLE_H
#define NOWAIT_TOOL_TABLE_H

#include "output.h"

enum { TABLE_ROWS = 12, TABLE_COLUMNS = 8, TABLE_CELL_BYTES = 96 };

struct table {
    unsigned rows;
    unsigned columns;
    bool left[TABLE_COLUMNS]; /* the column is aligned to the left */
    char cell[TABLE_ROWS][TABLE_COLUMNS][TABLE_CELL_BYTES];
};

/** Begin a table with one column for each letter of `alignment`: 'l' or 'r'. */
void table_init(struct table *table, const char *alignment);
/** Add an empty row. Returns: its number. */
unsigned table_row(struct table *table);
void table_cell(struct table *table, unsigned row, unsigned column, const char *format, ...) NW_PRINTF(4, 5);
/** See human_bar(). */
void table_bar(struct table *table, unsigned row, unsigned column, double fraction, unsigned width,
               bool unicode);
void table_print(const struct table *table, struct output *output);

#endif
