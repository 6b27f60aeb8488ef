"""Source `url`: any file on the web, described in the study itself and pinned by its checksum.

`{id: url:parliament/1/en-gl, address: https://…/en-gl.tsv.gz, format: tsv, columns: {first: 0, second: 1}, sha256: …}`
"""

from model.command import UserError
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.source import Languages, Resource, Source, file_name


class Url(Source):
    """The local path has the checksum, so that another file under the same id has another path."""

    name = "url"

    def resources(self, item: Item, languages: Languages) -> list[Resource]:
        """The one file. Raises UserError without its address or checksum."""
        if not item.address or not item.sha256:
            raise UserError(f"{item.id}: a dataset of source url needs the keys address and sha256")
        return super().resources(item, languages)

    def path(self, item: Item, address: str) -> str:
        """The local path, with the checksum in place of the version."""
        name = file_name(address.partition("?")[0])
        return f"resources/{self.name}/{item.dataset.corpus}/{(item.sha256 or '')[:16]}/{name}"


SOURCE = Url()
