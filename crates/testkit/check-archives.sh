#!/usr/bin/env bash
# Packs a case with the formats' own tools and checks that the program finds the same in every archive as in the folder.
#
# usage: check-archives.sh PROGRAM CASE        (the case's folder of inputs)
# needs: 7z (p7zip-full), gcab, zip, tar, gzip, python3
set -euo pipefail
export LC_ALL=C.UTF-8
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$2" "$work/case"
cd "$work"
# A name that is no ASCII, and one that needs quotes.
mv case/computers.csv "case/Domäne – Hosts.csv"
mkdir "case/aus Übersee"
cp case/vmhost.txt "case/aus Übersee/Höst.txt"

mkdir packed locked
(
    cd case
    7z a ../packed/lzma2.7z . >/dev/null
    7z a -m0=ppmd ../packed/ppmd.7z . >/dev/null
    7z a -m0=lzma -ms=off ../packed/lzma-single.7z . >/dev/null
    7z a -m0=bzip2 ../packed/bzip2.7z . >/dev/null
    7z a -m0=deflate -mhc=off ../packed/plain-header.7z . >/dev/null
    7z a -m0=bcj -m1=lzma2 ../packed/filtered.7z . >/dev/null
    7z a -tzip ../packed/deflate.zip . >/dev/null
    7z a -tzip -mm=Deflate64 ../packed/deflate64.zip . >/dev/null
    7z a -tzip -mm=LZMA ../packed/lzma.zip . >/dev/null
    7z a -tzip -mm=BZip2 ../packed/bzip2.zip . >/dev/null
    7z a -tzip -mm=Copy ../packed/stored.zip . >/dev/null
    zip -qr ../packed/info-zip.zip .
    # Into a pipe: sizes stand behind each member.
    zip -qr - . >../packed/streamed.zip
    zip -qr -fz ../packed/zip64.zip .
    zip -qr -s 10m ../packed/to-be-split.zip .
    tar -cf ../packed/gnu.tar .
    tar --format=posix -cf ../packed/posix.tar .
    tar --format=ustar -cf ../packed/ustar.tar .
    tar -czf ../packed/gnu.tar.gz .
    tar -czf ../packed/short.tgz .
    find . -type f -printf '%P\0' | xargs -0 gcab -c ../packed/stored.cab
    find . -type f -printf '%P\0' | xargs -0 gcab -z -c ../packed/mszip.cab
    zip -qr -P secret ../locked/zip-crypto.zip .
    7z a -tzip -mem=AES256 -psecret ../locked/aes.zip . >/dev/null
    7z a -psecret ../locked/content.7z . >/dev/null
    7z a -psecret -mhe=on ../locked/names-too.7z . >/dev/null
)
# Names in the code page of MS-DOS, as the folders of Explorer were packed for long.
python3 - <<'PYTHON'
import pathlib, zipfile

class Name(zipfile.ZipInfo):
    def _encodeFilenameFlags(self):
        return self.filename.replace("–", "-").encode("cp437"), self.flag_bits & ~0x800

with zipfile.ZipFile("packed/cp437.zip", "w") as archive:
    for path in sorted(pathlib.Path("case").rglob("*")):
        if path.is_file():
            archive.writestr(Name(str(path.relative_to("case"))), path.read_bytes())
PYTHON

python3 - "$program" <<'PYTHON'
import json, pathlib, subprocess, sys

def analyzed(folder, path):
    run = subprocess.run([sys.argv[1], "analyze", path, "--format", "json"], cwd=folder, capture_output=True, text=True)
    report = json.loads(run.stdout)
    inputs = report.pop("inputs")
    return run.returncode, inputs, json.dumps(report, ensure_ascii=False, sort_keys=True)

code, inputs, wanted = analyzed("case", ".")
facts = lambda i: (i["kind"], i["records"], i["selected"], i["host"], len(i["problems"]))
files = {i["path"]: facts(i) for i in inputs}
assert len(files) > 5 and code == 1, (code, files)
wrong = 0
archives = sorted(path.name for path in pathlib.Path("packed").iterdir())
for name in archives:
    got_code, got_inputs, got = analyzed("packed", name)
    # The hyphen stands for the dash that the code page lacks.
    plain = lambda text: text.replace("–", "-") if name == "cp437.zip" else text
    members = {i["path"].removeprefix(name + "/"): facts(i) for i in got_inputs if i["path"] != name}
    problems = [p for i in got_inputs for p in i["problems"] if i["path"] == name]
    same = (got_code == code and plain(wanted) == got.replace(name + "/", "") and not problems
            and members == {plain(path): facts for path, facts in files.items()})
    print(f"{name:20} {'same' if same else 'DIFFERS'} {problems or ''}")
    if not same:
        wrong += 1
        for path in sorted(set(members) ^ {plain(path) for path in files}):
            print(f"    only on one side: {path!r}")
        for path in sorted(members):
            if members[path] != files.get(path, members[path]):
                print(f"    {path}: {files[path]} in the folder, {members[path]} here")
for path in sorted(pathlib.Path("locked").iterdir()):
    run = subprocess.run([sys.argv[1], "inspect", path.name, "--format", "json"], cwd="locked", capture_output=True, text=True)
    inputs = json.loads(run.stdout)["inputs"]
    said = {p["what"] for i in inputs for p in i["problems"]}
    told = any(what.endswith("encrypted") for what in said) and not any(i["answers"] for i in inputs)
    print(f"{path.name:20} {'said to be encrypted' if told else f'IS NOT SAID to be encrypted: {said}'}")
    wrong += not told
print(f"{len(archives)} archives of the same files, {wrong} wrong")
sys.exit(wrong > 0)
PYTHON
