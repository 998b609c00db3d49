"""A site's own raters: learnt from its annotations as a small change of the published weights, which stay as they are."""
