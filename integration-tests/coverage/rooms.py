"""rooms.py LCOV MISSED: a line for each room of src/, and into MISSED each line that no test reaches.

Lines of tests do not count, those at the end of a file neither. Exits with 1 where a room has less than is asked.
"""

import pathlib
import re
import sys

SOURCE = pathlib.Path("src").resolve()
LEAST = {"hardware": 90, "geometry": 90, "model": 90}


def measured(lcov):
    """File → {line: how often it ran}."""
    files = {}
    for line in lcov.read_text().splitlines():
        if line.startswith("SF:"):
            lines = files.setdefault(pathlib.Path(line[3:]), {})
        elif line.startswith("DA:"):
            number, count = line[3:].split(",")[:2]
            lines[int(number)] = lines.get(int(number), 0) + int(count)
    return files


def is_test(path):
    return "tests" in path.parts or path.name in ("tests.rs", "fuzzing.rs")


def without_tests(path, lines):
    """The lines before `mod tests {`, which stands last in a file."""
    text = path.read_text()
    inline = re.search(r"^#\[cfg\(test\)\]\nmod tests \{", text, re.MULTILINE)
    end = text[: inline.start()].count("\n") if inline else len(text)
    return {number: count for number, count in lines.items() if number <= end}


def main(lcov, missed):
    rooms, gaps = {}, []
    for path, lines in sorted(measured(lcov).items()):
        if SOURCE not in path.parents or is_test(path.relative_to(SOURCE)):
            continue
        part = path.relative_to(SOURCE)
        lines = without_tests(path, lines)
        reached = sum(1 for count in lines.values() if count)
        room = rooms.setdefault(part.parts[0] if len(part.parts) > 1 else "(top)", [0, 0])
        room[0] += reached
        room[1] += len(lines)
        if reached < len(lines):
            text = path.read_text().splitlines()
            gaps.append(f"src/{part}: {reached} of {len(lines)}")
            gaps += [f"{n:6} {text[n - 1]}" for n, count in sorted(lines.items()) if not count]
    pathlib.Path(missed).write_text("\n".join(gaps) + "\n")
    short = []
    print(f"{'room':12} {'lines':>6} {'reached':>8} {'':>7}")
    for name, (reached, lines) in sorted(rooms.items()):
        share = 100 * reached / max(lines, 1)
        least = LEAST.get(name)
        print(f"{name:12} {lines:6} {reached:8} {share:6.1f}%" + (f"  at least {least}" if least else ""))
        if least and share < least:
            short.append(name)
    for name in LEAST.keys() - rooms.keys():
        short.append(name)
    print(f"what is not reached: {missed}")
    if short:
        sys.exit(f"too little of: {', '.join(sorted(short))}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
