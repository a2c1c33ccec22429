"""One small HTTP server: is it alive, is it ready, its numbers, and what fronts serve over it."""
