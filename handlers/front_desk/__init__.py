"""The entry of every message: `front_desk` decides which conversation takes it, `offered` reads typed choices."""
