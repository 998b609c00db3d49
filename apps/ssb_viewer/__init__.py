"""OHIF for the annotators of a site: its files, its configuration, and the road to the PACS, each annotator under an address of their own."""
