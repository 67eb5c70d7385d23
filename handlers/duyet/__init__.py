"""/duyet and /quyet: the queue of an office, one whole case (`case`), and the decisions (`duyet`)."""
