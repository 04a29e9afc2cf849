"""Long random runs: a tenth of each in `make test`, the whole in `make soak`."""
