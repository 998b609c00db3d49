"""OHIF for the annotators of a site, each under an address of their own: its files, its configuration, and the road to the PACS."""
