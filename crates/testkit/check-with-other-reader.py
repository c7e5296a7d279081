#!/usr/bin/env python3
"""Compares the sample logs with what readers that share no code with ours find in them.

usage: check-with-other-reader.py FOLDER        (the folder that writer-samples wrote)
needs: pip install python-evtx libevtx-python

python-evtx reads every record that has a template; it has no support for records without one (it looks for a
template first), nor does it order the chunks of a circular log, so records are matched by their number.
libevtx reads all records but those with a template and a NULL value in a place that is not optional, which
[MS-EVEN6] 3.1.4.7.3 has as an empty text. Checksums are checked with python-evtx. Exits with 1 on any difference.
"""

import base64
import collections
import json
import pathlib
import re
import sys
import xml.parsers.expat

import Evtx.Evtx
import pyevtx


def main(folder):
    logs = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    compared = collections.Counter()
    differences = []
    for log in logs:
        path = folder / log["file"]
        every = log["records"]
        with_template = [record for record in every if record["template"]]
        without_null = [record for record in every if not (record["template"] and has_null(record))]
        differences += wrong_checksums(path)
        for reader, read, records in [
            ("python-evtx", with_python_evtx, with_template),
            ("libevtx", with_libevtx, without_null),
        ]:
            numbers = {record["number"] for record in records}
            skipped = {record["number"] for record in every} - numbers
            differences += compare(f"{log['file']} {reader}", read(path, skipped), records)
            compared[reader] += len(records)
    for line in differences[:50]:
        print(line)
    counts = ", ".join(f"{count} by {reader}" for reader, count in compared.items())
    print(f"{sum(compared.values())} records compared, {len(differences)} differences ({counts})")
    return 1 if differences or not compared else 0


def has_null(record):
    return any(item["kind"] == "null" for item in record["items"])


def with_python_evtx(path, skipped):
    """Pairs of number and XML."""
    with Evtx.Evtx.Evtx(str(path)) as log:
        # A dirty header does not know of all chunks, and unused ones are zero.
        for chunk in log.get_file_header().chunks(include_inactive=True):
            if chunk.check_magic():
                for record in chunk.records():
                    if record.record_num() not in skipped:
                        yield record.record_num(), record.xml()


def with_libevtx(path, skipped):
    """Pairs of number and XML."""
    log = pyevtx.file()
    log.open(str(path))
    for index in range(log.number_of_records):
        try:
            record = log.get_record(index)
        except OSError as error:
            # A record that it can't read has no number, only its place.
            if index + 1 not in skipped:
                yield index + 1, str(error)
            continue
        yield record.identifier, record.xml_string.rstrip("\0")
    log.close()


def wrong_checksums(path):
    with Evtx.Evtx.Evtx(str(path)) as log:
        header = log.get_file_header()
        if header.checksum() != header.calculate_checksum():
            yield f"{path.name}: wrong checksum in the file header"
        for number, chunk in enumerate(header.chunks(include_inactive=True)):
            if chunk.check_magic() and not chunk.verify():
                yield f"{path.name}: wrong checksum in chunk {number}"


def compare(where, found, records):
    """Every difference between the records that a reader found and those that were written."""
    wanted = {record["number"]: record["items"] for record in records}
    for number, text in found:
        items = wanted.pop(number, None)
        if items is None:
            yield f"{where}: record {number} was not written, or was read twice"
            continue
        try:
            texts = list(expand(items_of(text)))
        except xml.parsers.expat.ExpatError as error:
            yield f"{where}: record {number} is not XML: {error}"
            continue
        if [path for path, _ in texts] != [item["path"] for item in items]:
            yield f"{where}: record {number} has {[path for path, _ in texts]}, not {[i['path'] for i in items]}"
            continue
        for (path, text), item in zip(texts, items):
            if not same(item["kind"], text, item["text"]):
                yield f"{where}: record {number}, {path} is {text!r}, not {item['text']!r} ({item['kind']})"
    for number in wanted:
        yield f"{where}: record {number} is missing"


def items_of(text):
    """Attributes, and the texts of elements without children, as pairs of path and text."""
    items, path, parts, leaf = [], [], [], [False]

    def start(name, attributes):
        path.append(name)
        for key, value in zip(attributes[::2], attributes[1::2]):
            # A missing value leaves its attribute out; python-evtx shows an empty one.
            if value:
                items.append(("/".join(path) + "@" + key, value))
        parts.clear()
        leaf[0] = True

    def end(_name):
        if leaf[0]:
            # python-evtx writes a line break between all tags.
            text = "".join(parts)
            items.append(("/".join(path), "" if text == "\n" else text))
        leaf[0] = False
        path.pop()

    parser = xml.parsers.expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = parts.append
    parser.Parse(text, True)
    return items


def expand(items):
    """python-evtx shows an array of strings as the text of one element; Windows repeats the element."""
    for path, text in items:
        if re.fullmatch(r"(<string>[^<]*</string>\n)+", text):
            for entry in re.findall(r"<string>([^<]*)</string>", text):
                yield path, entry
        else:
            yield path, text


def same(kind, found, wanted):
    if kind in ("guid", "bool"):
        return found.lower() == wanted
    if kind == "hex":
        return int(found, 16) == int(wanted, 16)
    if kind == "time":
        # python-evtx computes with floating point numbers: off by up to two microseconds.
        return abs(ticks(found) - ticks(wanted)) <= (20 if " " in found else 0)
    if kind == "binary":
        return found.upper() == wanted or base64.b64encode(bytes.fromhex(wanted)).decode() == found
    return found == wanted


def ticks(text):
    """100 ns steps within the century."""
    match = re.fullmatch(r"(\d+)-(\d+)-(\d+)[T ](\d+):(\d+):(\d+)(?:\.(\d+))?(?:Z|\+00:00)", text)
    if not match:
        return -1
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    # Months of 31 days are good enough to tell times apart.
    seconds = ((((year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second
    return seconds * 10_000_000 + int((match.group(7) or "0").ljust(7, "0")[:7])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1])))
