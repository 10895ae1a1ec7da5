"""Several processes that train one student; everything else of the trainer is unaware of them."""
