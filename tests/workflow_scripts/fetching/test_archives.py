"""Members of archives as bytes: whole, or refused in one line."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from workflow_scripts.fetching import compression
from workflow_scripts.fetching.archives import count_lines, members, open_member
from workflow_scripts.fetching.compression import fits

TEXT = "Ola, mundo!\nUnha liña.\n".encode()
MB = 1 << 20
PACKERS = {"gz": gzip.compress, "dz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def read(path, member=None):
    with open_member(path, member) as stream:
        return stream.read()


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path, files, mode="w", **fields):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content))
    return path


def packaged(path, files):
    """A Debian package: an ar archive of three members, each padded to an even length."""
    tarred(path.with_suffix(".tar.xz"), files, "w:xz")
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": b"odd",
        "data.tar.xz": path.with_suffix(".tar.xz").read_bytes(),
    }
    with open(path, "wb") as file:
        file.write(b"!<arch>\n")
        for name, content in parts.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return path


def test_members_of_every_kind_of_archive_are_named_and_read(tmp_path):
    files = {"./a/en.txt": TEXT, "a/gl.txt": b"x"}
    archives = [zipped(tmp_path / "t.zip", files), packaged(tmp_path / "t.deb", files)]
    for ending, mode in {"tar": "w", "tar.gz": "w:gz", "tgz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}.items():
        archives.append(tarred(tmp_path / f"t.{ending}", files, mode))
    for path in archives:
        assert members(path) == ["a/en.txt", "a/gl.txt"], path
        assert read(path, "a/en.txt") == TEXT and read(str(path), "a/gl.txt") == b"x", path
        with pytest.raises(UserError, match="is an archive; name one of its 2 members, for instance 'a/en.txt'"):
            read(path)


@pytest.mark.parametrize("ending", PACKERS)
def test_single_files_are_decompressed_whatever_their_name(tmp_path, ending):
    for name in (f"t.txt.{ending}", "t.txt"):
        (tmp_path / name).write_bytes(PACKERS[ending](TEXT))
        assert read(tmp_path / name) == TEXT and members(tmp_path / name) == []


def test_a_plain_file_is_read_as_it_is_and_has_no_members(tmp_path):
    (tmp_path / "t.txt").write_bytes(TEXT)
    assert read(tmp_path / "t.txt") == TEXT and members(tmp_path / "t.txt") == []
    with pytest.raises(UserError, match="t.txt: member 'en': the file is no archive"):
        read(tmp_path / "t.txt", "en")


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_member_is_decompressed_as_well(tmp_path, ending):
    files = {f"dic/gl.dict.{ending}": PACKERS[ending](TEXT)}
    assert read(tarred(tmp_path / "t.tar.xz", files, "w:xz"), f"dic/gl.dict.{ending}") == TEXT
    assert read(zipped(tmp_path / "t.zip", files), f"dic/gl.dict.{ending}") == TEXT


@pytest.mark.parametrize(
    ("packer", "padding"), [(bz2.compress, b""), (lzma.compress, bytes(4)), (gzip.compress, bytes(4))]
)
def test_streams_behind_each_other_are_one_text_and_damage_in_a_later_one_is_not_passed_over(tmp_path, packer, padding):
    path, later = tmp_path / "t", packer(b"second\n")
    path.write_bytes(packer(b"first\n") + padding + later + padding)
    assert read(path) == b"first\nsecond\n"
    for damaged in (later[:2] + b"?" + later[3:], later[:-5], b"rubbish"):
        path.write_bytes(packer(b"first\n") + damaged)
        with pytest.raises(UserError, match="cannot be read to its end"):
            read(path)


@pytest.mark.parametrize("name", ["../en", "a/../../en", "/etc/en", "C:en", "c:/en", "a\\en", "..\\en"])
def test_an_archive_with_a_name_that_points_elsewhere_is_refused_as_a_whole(tmp_path, name):
    files = {name: b"x", "good": TEXT}
    for path in (zipped(tmp_path / "t.zip", files), tarred(tmp_path / "t.tar", files)):
        for look in (lambda path=path: members(path), lambda path=path: read(path, "good")):
            with pytest.raises(UserError, match="is refused, because the name .*en' in it points elsewhere"):
                look()


def test_a_zip_is_refused_for_a_name_with_a_nul(tmp_path):
    path = zipped(tmp_path / "t.zip", {"goodXbad": TEXT})
    path.write_bytes(path.read_bytes().replace(b"goodXbad", b"good\0bad"))
    with pytest.raises(UserError, match=r"'good\\x00bad'"):
        read(path, "good")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_links_and_devices_in_a_tar_are_not_followed(tmp_path, kind):
    path = tarred(tmp_path / "t.tar", {"en": b""}, type=kind, linkname="/etc/passwd")
    assert members(path) == []
    with pytest.raises(UserError, match="t.tar: member 'en': is a link, a folder or a device"):
        read(path, "en")


def test_links_in_a_zip_are_not_followed(tmp_path):
    link = zipfile.ZipInfo("en")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert members(tmp_path / "t.zip") == []
    with pytest.raises(UserError, match="is a link"):
        read(tmp_path / "t.zip", "en")


def test_a_missing_member_is_answered_with_near_names(tmp_path):
    path = zipped(tmp_path / "t.zip", {"OpenSubtitles.af-en.af": b"", "OpenSubtitles.af-en.en": b"", "README": b""})
    with pytest.raises(UserError, match=r"no member 'OpenSubtitles.en-af.en'; .* 'OpenSubtitles.af-en.en'") as caught:
        read(path, "OpenSubtitles.en-af.en")
    assert "README" not in str(caught.value)
    with pytest.raises(UserError, match="no member 'zzz'; name one of its 3 members, for instance 'OpenSub"):
        read(path, "zzz")


def test_a_bomb_is_refused_before_it_has_gone_off(tmp_path, monkeypatch):
    monkeypatch.setattr(compression, "FLOOR", MB)  # of 20 MB of zeros, packed to a thousandth
    files = {"en": bytes(20 * MB), "gl.gz": gzip.compress(bytes(20 * MB))}
    (tmp_path / "t.gz").write_bytes(files["gl.gz"])
    bombs = [(tmp_path / "t.gz", None), (zipped(tmp_path / "t.zip", files), "en"), (tmp_path / "t.zip", "gl.gz")]
    bombs += [(tarred(tmp_path / "t.tgz", files, "w:gz"), "en"), (tarred(tmp_path / "t.tar", files), "gl.gz")]
    for path, member in bombs:
        taken = 0
        with pytest.raises(UserError, match="a bomb, it unpacks to more than"), open_member(path, member) as stream:
            while chunk := stream.read(MB):
                taken += len(chunk)
        assert taken < 10 * MB, path
    (tmp_path / "small.gz").write_bytes(gzip.compress(bytes(MB)))
    assert len(read(tmp_path / "small.gz")) == MB  # a thousand times its size too, but below the floor


def test_text_comes_as_it_is_asked_for(tmp_path):
    whole = gzip.compress(TEXT * 50_000)
    (tmp_path / "cut.gz").write_bytes(whole[:-1])
    with open_member(tmp_path / "cut.gz", None) as stream:
        assert stream.readline() == b"Ola, mundo!\n"
        with pytest.raises(UserError, match="cut.gz: cannot be read to its end"):
            stream.read()
    (tmp_path / "whole.gz").write_bytes(gzip.compress(bytes(16 * MB), 1))
    tracemalloc.start()
    assert count_lines(tmp_path / "whole.gz", None) == 1
    assert tracemalloc.get_traced_memory()[1] < 4 * MB
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "lines"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\n\nb", 3), (b"\n" * 600_000, 600_000)]
)
def test_lines_are_counted_with_a_last_one_that_has_no_end(tmp_path, text, lines):
    assert count_lines(zipped(tmp_path / "t.zip", {"en": text}), "en") == lines


def test_what_is_cut_or_has_rubbish_behind_it_is_one_line(tmp_path):
    whole = zipped(tmp_path / "whole.zip", {"en": TEXT * 100}).read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "rubbish.gz").write_bytes(gzip.compress(TEXT) + b"<html>")
    for cut in (12, 30, -1):
        (tmp_path / f"cut{cut}.gz").write_bytes(gzip.compress(TEXT)[:cut])
    wrong = bytearray(gzip.compress(TEXT))
    wrong[-8] ^= 1  # the checksum
    (tmp_path / "sum.gz").write_bytes(wrong)
    for path in (tmp_path / "half.zip", *tmp_path.glob("*.gz")):
        with pytest.raises(UserError, match="cannot be read to its end") as caught:
            read(path, "en" if path.suffix == ".zip" else None)
        assert "\n" not in str(caught.value)
    short = tarred(tmp_path / "t.tar", {"en": bytes(5000)}).read_bytes()
    (tmp_path / "t.tar").write_bytes(short[:3000])
    with pytest.raises(UserError, match="t.tar: member 'en': cannot be read to its end"):
        read(tmp_path / "t.tar", "en")


def test_an_encrypted_member_is_one_line(tmp_path):
    path = zipped(tmp_path / "t.zip", {"en": TEXT})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="member 'en': cannot be read to its end .*is encrypted"):
        read(path, "en")


def test_names_are_held_to_what_a_file_begins_with(tmp_path):
    (tmp_path / "t.zip").write_bytes(b"<html>")
    with pytest.raises(UserError, match="t.zip: begins unlike a .zip file"):
        members(tmp_path / "t.zip")
    head = tarred(tmp_path / "t.tar", {"en": TEXT}).read_bytes()[:512]
    assert fits("t.tar", head) and fits("t.txt", head) and not fits("t.tar", b"ustar") and not fits("t.TGZ", head)
    assert (
        fits("t.tar.gz", gzip.compress(b"")) and fits("t.bz2", bz2.compress(b"")) and not fits("t.bz2", b"BZh9 is text")
    )


def test_a_package_without_data_or_packed_with_zstd_is_refused(tmp_path):
    whole = packaged(tmp_path / "t.deb", {"a": b""}).read_bytes()
    for name, message in {b"data.tar.zst": "packed with zstd", b"no_data.xyz ": "no whole Debian package"}.items():
        (tmp_path / "t.deb").write_bytes(whole.replace(b"data.tar.xz ", name))
        with pytest.raises(UserError, match=message):
            members(tmp_path / "t.deb")
    (tmp_path / "t.deb").write_bytes(whole.replace(b"`\nodd", b"`\nodd").replace(b"3         `", b"-60       `"))
    with pytest.raises(UserError, match="a length is missing"):
        members(tmp_path / "t.deb")


def consume(path):
    """Read everything there is to a file; whatever is wrong must be one line."""
    found = [None, "missing"]
    with suppress(UserError):
        found += members(path)
    for member in found:
        try:
            read(path, member)
            count_lines(path, member)
        except UserError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """A folder and, by name, valid files of every kind with the bytes that each must give, or None."""
    folder = tmp_path_factory.mktemp("archives")
    files = {"en": TEXT, "gl.gz": gzip.compress(TEXT), "a-" * 60: TEXT}
    zipped(folder / "t.zip", files)
    packaged(folder / "t.deb", files)
    for ending, mode in {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}.items():
        tarred(folder / f"t.{ending}", files, mode)
    for ending in ("gz", "bz2", "xz"):
        (folder / f"t.{ending}").write_bytes(PACKERS[ending](TEXT))
    return folder, {path.name: path.read_bytes() for path in sorted(folder.glob("t.*"))}


MAGICS = [b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00", b"BZh91AY&SY", b"\xfd7zXZ\x00", b"!<arch>\n"]


@given(st.sampled_from(["zip", "gz", "tar", "tar.gz", "deb", "txt"]), st.sampled_from(MAGICS), st.binary(max_size=700))
def test_any_bytes_under_any_name_are_bytes_or_one_line(tmp_path_factory, ending, magic, content):
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(magic + content)
    consume(path)


@given(data=st.data())
def test_a_valid_file_that_is_cut_or_changed_is_bytes_or_one_line_and_never_other_text(archives, data):
    folder, whole = archives
    name = data.draw(st.sampled_from(sorted(whole)))
    content = bytearray(whole[name])
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content = content[:place]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    path = folder / f"damaged-{name}"
    path.write_bytes(content)
    consume(path)
    if name in ("t.zip", "t.gz", "t.bz2", "t.xz"):  # in a tar, checksums stand behind the last member
        with suppress(UserError):
            assert read(path, "en" if name == "t.zip" else None) == TEXT
