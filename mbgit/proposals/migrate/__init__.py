"""Migrations: a bank's files in another layout, as values. install/migrate.py puts them on a ref."""
