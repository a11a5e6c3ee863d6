import pytest

import kvstore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data.bin"


@pytest.fixture
def db(path):
    with kvstore.open(path, sync="none") as store:
        yield store
