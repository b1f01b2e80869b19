"""How Alembic reaches the store: the engine and the tables are handed in by whoever migrates."""

from alembic import context
from sqlalchemy import Engine

engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # A changed table is dropped and made anew: what refers to it must not go with it. Only outside a transaction.
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes["metadata"],
        # SQLite changes a table by copying it.
        render_as_batch=sqlite,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first() if sqlite else None
        if broken is not None:
            raise ValueError(f"a revision left a row of {broken[0]} that refers to nothing in {broken[2]}")
    connection.commit()
    if sqlite:
        raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
