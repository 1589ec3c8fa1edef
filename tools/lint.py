#!/usr/bin/env python3
"""Our own linter, run as a test. Rules that a compiler does not know:

rooms      a room includes only rooms that its target names, and only such as stand before it in the build
quarantine heavy libraries are included only in the rooms they belong to
shape      line, function and file lengths, headers with #pragma once, a first line that says what the file is
words      words that are banned, each with its replacement
tables     the rooms that ARCHITECTURE.md lists are the rooms there are, and each has a README.md
dead       a source file that no CMakeLists.txt names
checklists the tests and files that docs/conformance names exist

Exit status 0: clean; 1: something to mend, one line each.
"""
import fnmatch
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LINE_COLUMNS_MAX = 120
FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70

QUARANTINE = {
    r"<liburing": {"core"},
    r"<grpc": {"api", "cli"},
    r"<httplib": {"api"},
    r"<sqlite3": {"model"},
    r"<gmp": {"p4"},
    r"<clang/|<clang-c/": {"p4"},
    r"<llvm(-c)?/": {"p4", "p4_native"},
    r"<google/protobuf": {"p4_info", "model", "apply", "api", "cli", "daemon"},
    r"<openssl": {"accel", "nvme_auth", "nvme_tcp", "api", "cli"},
    r"<isa-l|<intel-ipsec-mb": {"accel"},
    r"<CLI/": {"cli", "daemon", "p4_cli"},
    r"<toml": {"daemon"},
    r"<nlohmann": {"qemu", "api", "cli", "virtio"},
    r"<pcap": {"p4_cli"},
    r"<spdlog": {"base"},
    r"<prometheus": {"api"},
}

# What is banned, and what to write instead. Each is a remark that was made twice.
WORDS = [
    (r"\bFIXME\b", "mend it, or write TODO(#issue)"),
    (r"\bTODO(?!\(#\d+\))", "TODO(#issue)"),
    (r"\bXXX\b", "say what is meant"),
    (r"\bassert\(", "check(): it stays on in release builds"),
    (r"\bstd::cout\b", "log, or fmt::print in a program's own output"),
    (r"^\s*#define (?!OR_)", "a macro is called OR_… and is one of fewer than ten"),
    (r"\bvolatile\b", "std::atomic with the order that is meant"),
    (r"\bco_await \*", "name a reference first: g++ 12 evaluates the operand again when it resumes"),
    (r"\bfor \([^;:]*[^:]:(?!:) ?[a-z_]+\([^()]*\)(\.|->)", "name the value first: g++ 12 ends what the call returned before the loop begins"),
    (r"\busleep\(|\bsleep_for\(std::", "a timer of the reactor, or virtual time in a test"),
]
WORD_EXEMPT = {"tools/lint.py"}
FOLDERS_BANNED = {"utils", "util", "common", "misc", "helpers"}


def tracked():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [f for f in out.stdout.splitlines() if os.path.isfile(os.path.join(ROOT, f))]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def rooms():
    """room → the rooms it names, from its CMakeLists.txt; and the order of the build."""
    top = read("CMakeLists.txt")
    order = re.search(r"foreach\(room IN ITEMS ([^)]*)\)", top).group(1).split()
    depends = {}
    for room in order:
        path = f"src/{room}/CMakeLists.txt"
        if not os.path.exists(os.path.join(ROOT, path)):
            continue
        text = re.sub(r"#.*", "", read(path))
        named = set()
        for call in re.findall(r"outrigger_room\(([^)]*)\)", text):
            match = re.search(r"DEPENDS((?:\s+[a-z_0-9]+)*)", call)
            named |= set(match.group(1).split()) if match else set()
        depends[room] = named
    return order, depends


def lint_rooms(files, problems):
    order, depends = rooms()
    for room, named in depends.items():
        for other in named:
            if other in order and order.index(other) > order.index(room):
                problems.append(f"src/{room}/CMakeLists.txt: {room} stands below {other} and may not use it")
    for path in files:
        match = re.match(r"src/([a-z_0-9]+)/.*\.(h|cc)$", path)
        if not match or match.group(1) not in depends:
            continue
        room = match.group(1)
        is_test = re.search(r"(_test|_fuzz|_bench|_model)\.(cc|h)$", path)
        for number, line in enumerate(read(path).splitlines(), 1):
            include = re.match(r'#include "([a-z_0-9]+)/', line)
            if include and include.group(1) in order:
                other = include.group(1)
                if other != room and other not in depends[room] and not is_test:
                    problems.append(f"{path}:{number}: room {room} includes {other}/ but its target does not name it")
            for pattern, allowed in QUARANTINE.items():
                if re.match(r"#include " + pattern, line) and room not in allowed:
                    problems.append(f"{path}:{number}: {line.split()[1]} belongs in {', '.join(sorted(allowed))} only")


def functions(lines):
    """(line number, lines) of each function's definition, read off the layout that clang-format gives: it ends with a
    brace as far to the right as its first line begins."""
    for end_of_head, line in enumerate(lines):
        if not line.endswith(" {") or line.lstrip().startswith(("//", "}")):
            continue
        begin = end_of_head
        while begin > 0 and not re.search(r"[;{}:]$|^\s*//|^\s*$|^#", lines[begin - 1]):
            begin -= 1
        head = " ".join(lines[begin:end_of_head + 1])
        is_definition = re.search(r"\)( const)?( noexcept)?( override)?( final)?( -> [^()]*)? \{$", head)
        words = r"\s*(else |if|for|while|switch|do|return|case|try|catch|namespace|class|struct|enum|union|extern)\b"
        if not is_definition or head.count("(") != head.count(")") or re.match(words, head):
            continue
        indent = re.match(r" *", lines[begin]).group(0)
        for end in range(end_of_head + 1, len(lines)):
            if re.match(indent + r"\}", lines[end]):
                yield begin + 1, end - begin + 1
                break


def lint_functions(files, problems):
    for path in files:
        if re.search(r"\.(h|cc)$", path):
            for number, length in functions(read(path).splitlines()):
                if length > FUNCTION_LINES_MAX:
                    problems.append(f"{path}:{number}: a function of {length} lines; split it (at most {FUNCTION_LINES_MAX})")


def lint_shape(files, problems):
    for path in files:
        if not re.search(r"\.(h|cc|py|cmake|proto)$|CMakeLists\.txt$", path):
            continue
        lines = read(path).splitlines()
        if len(lines) > FILE_LINES_MAX:
            problems.append(f"{path}: {len(lines)} lines; split it by noun (at most {FILE_LINES_MAX})")
        if re.search(r"\.(h|cc)$", path):
            for number, line in enumerate(lines, 1):
                if len(line) > LINE_COLUMNS_MAX:
                    problems.append(f"{path}:{number}: {len(line)} columns (at most {LINE_COLUMNS_MAX})")
        if path.endswith(".h"):
            if "#pragma once" not in lines:
                problems.append(f"{path}: #pragma once is missing")
            if not lines or not lines[0].startswith("//"):
                problems.append(f"{path}:1: say first what this file is, in a comment")
        parts = set(os.path.dirname(path).split("/"))
        if parts & FOLDERS_BANNED:
            problems.append(f"{path}: a folder says what it is about; {', '.join(parts & FOLDERS_BANNED)} does not")


def lint_words(files, problems):
    for path in files:
        if not re.search(r"\.(h|cc)$", path) or path in WORD_EXEMPT:
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            for pattern, instead in WORDS:
                if re.search(pattern, line) and "NOLINT(word)" not in line:
                    problems.append(f"{path}:{number}: '{re.search(pattern, line).group(0)}': {instead}")


def lint_tables(problems):
    if not os.path.exists(os.path.join(ROOT, "ARCHITECTURE.md")):
        return
    there = {d for d in os.listdir(os.path.join(ROOT, "src")) if os.path.isdir(os.path.join(ROOT, "src", d))}
    listed = set(re.findall(r"^  ([a-z_0-9]+)/ ", read("ARCHITECTURE.md"), re.M))
    for room in sorted(there - listed):
        problems.append(f"ARCHITECTURE.md: the room {room} is not in its list")
    for room in sorted(listed - there):
        problems.append(f"ARCHITECTURE.md: lists the room {room}, which is not there")
    for room in sorted(there):
        if not os.path.exists(os.path.join(ROOT, "src", room, "README.md")):
            problems.append(f"src/{room}: README.md is missing: what the room is, its plane, its core, what it may not do")


def lint_dead(files, problems):
    text = "\n".join(read(f) for f in files if f.endswith("CMakeLists.txt") or f.endswith(".cmake"))
    for path in files:
        if re.match(r"(src|tests)/.*\.cc$", path) and not re.search(r"\b" + re.escape(os.path.basename(path)), text):
            problems.append(f"{path}: no CMakeLists.txt names it")


def tests_there_are(files):
    """suite → names of its tests, of gtest; and the names of pytest's."""
    suites, functions_of_pytest = {}, set()
    for path in files:
        if path.endswith("_test.cc"):
            # A name may be made by a macro's argument, which is then not one: such macros are in no checklist.
            for suite, name in re.findall(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", read(path), re.MULTILINE):
                suites.setdefault(suite, set()).add(name)
        elif re.search(r"(^|/)test_\w+\.py$", path):
            functions_of_pytest |= set(re.findall(r"^\s*def (test_\w+)\(", read(path), re.MULTILINE))
    return suites, functions_of_pytest


def lint_checklists(files, problems):
    """What a checklist of docs/conformance writes between backticks: `Suite.test`; `…test` or `…_end_of_its_name`, of the
    suite before it; `test_of_pytest`; a file. `*`, and `…` at the end, stand for anything."""
    suites, functions_of_pytest = tests_there_are(files)
    names = {os.path.basename(path) for path in files}
    for path in (f for f in files if f.startswith("docs/conformance/")):
        for number, line in enumerate(read(path).splitlines(), 1):
            suite = None
            for word in re.findall(r"`([^`\s]+)`", line):
                found = True
                if match := re.fullmatch(r"([A-Z]\w*)\.([\w*…]+)", word):
                    suite, wanted = match.group(1), match.group(2).replace("…", "*")
                    found = fnmatch.filter(suites.get(suite, ()), wanted)
                elif word.startswith("…"):
                    found = suite and fnmatch.filter(suites.get(suite, ()), "*" + word[1:].replace("…", "*"))
                elif "/" in word or re.search(r"\.(cc|h|py|md)$", word):
                    found = fnmatch.filter(files, word.rstrip("/") + "*") or fnmatch.filter(names, word)
                elif re.fullmatch(r"test_[\w*]+", word):
                    found = fnmatch.filter(functions_of_pytest, word)
                if not found:
                    problems.append(f"{path}:{number}: there is no {word}" + (f" in {suite}" if word[0] == "…" else ""))


def main():
    files = tracked()
    problems = []
    lint_rooms(files, problems)
    lint_shape(files, problems)
    lint_functions(files, problems)
    lint_words(files, problems)
    lint_tables(problems)
    lint_dead(files, problems)
    lint_checklists(files, problems)
    for problem in problems:
        print(problem)
    print(f"lint: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
