"""Every method side by side: trained alike, scored on the same crops in one run, shown in tables, figures and one page."""
