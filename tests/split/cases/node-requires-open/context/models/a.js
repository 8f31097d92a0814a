import db from "sqlite3"
