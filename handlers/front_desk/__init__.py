"""Which conversation takes what a person did: `FrontDesk` decides, `offered` reads typed choices."""
