"""Printed files by their names."""

import pytest

from portal.printing.answers import answer


@pytest.mark.parametrize(
    ("name", "attached", "header"),
    [
        ("letter-6", True, 'attachment; filename="letter-6.pdf"'),
        ("letter", False, 'inline; filename="letter.pdf"'),
        ("承诺书", True, "attachment; filename*=utf-8''%E6%89%BF%E8%AF%BA%E4%B9%A6.pdf"),
        ('a/b\r\nX: "y"', True, 'attachment; filename="a b X y.pdf"'),
    ],
)
def test_a_file_goes_by_its_name(name: str, attached: bool, header: str) -> None:
    response = answer(b"%PDF", name, "pdf", attached=attached)
    assert response["Content-Disposition"] == header
    assert response["Content-Type"] == "application/pdf"
    assert response.content == b"%PDF"


def test_word_files_are_called_so() -> None:
    assert answer(b"PK", "通报", "docx")["Content-Type"].endswith("wordprocessingml.document")
