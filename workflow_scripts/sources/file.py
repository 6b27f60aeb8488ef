"""Source `file`: the user's own text, line n of one file the translation of line n of another, or one table of both.

`{id: file:mine/1, files: {en: mine.en, gl: mine.gl}}`, or `{id: file:mine/1/en-gl, address: mine.tmx, format: tmx}`.
"""

from pathlib import Path

from model.command import UserError
from model.text.languages import canonical
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.source import Languages, Place, Resource, Source


class File(Source):
    """Nothing is fetched. Paths are relative to the working folder of Snakemake."""

    name = "file"

    def lists(self, item: Item, languages: Languages) -> bool:
        """Whether there is a file for each language."""
        return set(languages) <= set(map(canonical, item.files))

    def resources(self, item: Item, languages: Languages) -> list[Resource]:
        """None. Raises UserError for a missing file, which Snakemake would not notice in a finished study."""
        for place in self.places(item, languages):
            if not Path(place.path).exists():
                raise UserError(f"{item.id}: no file {place.path} in {Path.cwd()}; mend the path")
        return []

    def places(self, item: Item, languages: Languages) -> list[Place]:
        """The user's files."""
        paths = {canonical(code): path for code, path in item.files.items()}
        if not paths and not item.address:
            raise UserError(f"{item.id}: say where the text is: files: {{en: PATH, gl: PATH}}, or address: PATH")
        if not paths:
            members: list[str | None] = [self.fill(member, item, languages, "members") for member in item.members]
            turned = len(members) == 2 and tuple(languages) != self.served(item, languages)
            return [Place(item.address or "", member) for member in (members[::-1] if turned else members) or [None]]
        if missing := [code for code in languages if code not in paths]:
            raise UserError(f"{item.id}: files has no {missing[0]}; add it")
        return [Place(paths[code]) for code in languages]


SOURCE = File()
