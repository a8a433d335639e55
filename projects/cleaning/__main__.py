"""The process in which a file is made anew: bytes in, measures and bytes out. It lets go of what it doesn't need first.

`python -m projects.cleaning photo` reads standard input and writes a line of JSON, then the file, then the thumbnail.
"""

import json
import resource
import sys

MEMORY = 1536 * 1024 * 1024  # bytes of address space; 50 megapixels take about a third of it
SECONDS = 20  # of computing


def main(kind: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from projects.cleaning import Unfit, document, photo

    content = sys.stdin.buffer.read()
    try:
        made = {"photo": photo.made_anew, "document": document.made_anew}[kind](content)
    except Unfit as unfit:
        print(json.dumps({"unfit": unfit.reason, "figures": unfit.figures}))
        return
    measures = {"width": made.width, "height": made.height, "pages": made.pages}
    print(
        json.dumps({"content": len(made.content), "thumbnail": len(made.thumbnail), "measures": measures}), flush=True
    )
    sys.stdout.buffer.write(made.content + made.thumbnail)


if __name__ == "__main__":
    main(sys.argv[1])
