/* SPDX-License-Identifier: MIT */
/*
 * A small table of text with bars.
 * Owns nothing beyond the caller's struct.
 * Knows UTF-8 only as far as counting characters: cells hold no wide or combining ones.
 */
#include "table.h"

#include "human.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void table_init(struct table *table, const char *alignment)
{
    size_t columns = strlen(alignment);
    assert(columns <= TABLE_COLUMNS);
    memset(table, 0, sizeof *table);
    table->columns = (unsigned)columns;
    for (unsigned column = 0; column < table->columns; column++)
        table->left[column] = alignment[column] == 'l';
}

unsigned table_row(struct table *table)
{
    assert(table->rows < TABLE_ROWS);
    return table->rows++;
}

void table_cell(struct table *table, unsigned row, unsigned column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(table->cell[row][column], TABLE_CELL_BYTES, format, arguments);
    va_end(arguments);
}

void table_bar(struct table *table, unsigned row, unsigned column, double fraction, unsigned width,
               bool unicode)
{
    char bar[TABLE_CELL_BYTES];
    human_bar(bar, sizeof bar, fraction, width, unicode);
    table_cell(table, row, column, "%s", bar);
}

static int characters(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80; /* all but the continuation bytes of UTF-8 */
    return count;
}

static int column_width(const struct table *table, unsigned column)
{
    int width = 0;
    for (unsigned row = 0; row < table->rows; row++) {
        int here = characters(table->cell[row][column]);
        width = here > width ? here : width;
    }
    return width;
}

void table_print(const struct table *table, struct output *output)
{
    int width[TABLE_COLUMNS] = {0};
    for (unsigned column = 0; column < table->columns; column++)
        width[column] = column_width(table, column);

    for (unsigned row = 0; row < table->rows; row++) {
        for (unsigned column = 0; column < table->columns; column++) {
            const char *text = table->cell[row][column];
            int padding = width[column] - characters(text);
            bool last = column + 1 == table->columns;
            if (table->left[column])
                output_printf(output, "%s%*s", text, last ? 0 : padding, "");
            else
                output_printf(output, "%*s%s", padding, "", text);
            output_text(output, last ? "\n" : "  ");
        }
    }
}
