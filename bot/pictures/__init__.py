"""Pictures: charts as Vega-Lite specifications, and the one place that draws them."""
