"""The empty workbook an office fills in, with a sheet that explains it."""

from pathlib import Path

from bot.commands.lists.sheets import guide, sheets
from bot.settings.command_error import CommandError


def write_template(path: Path) -> None:
    """Write an empty workbook with a sheet that explains it; an existing file is never replaced."""
    import xlsxwriter

    if path.exists():
        raise CommandError(f"{path} exists and was not changed. Give another name.")
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8F0E4", "border": 1})
        text = book.add_format({"num_format": "@"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets().values():
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            page.set_column(0, len(sheet.columns) - 1, 24, text)  # text keeps the 0 at the front of a phone number
            for at, column in enumerate(sheet.columns.values()):
                page.write_string(0, at, column.name + (" *" if column.required else ""), bold)
        page = book.add_worksheet(guide())
        page.set_column(0, 1, 22)
        page.set_column(2, 2, 70)
        page.set_column(3, 3, 30)
        line = 0
        for sheet in sheets().values():
            for column in sheet.columns.values():
                words = (sheet.name, column.name + (" *" if column.required else ""), column.help, column.example)
                for at, word in enumerate(words):
                    page.write_string(line, at, word, wrapped)
                line += 1
