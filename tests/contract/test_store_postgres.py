from tests.contract.stores import PostgresStoreContract


class TestPostgresStore(PostgresStoreContract):
    pass
