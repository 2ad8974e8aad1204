"""What a registry is, as rules over rows: uploads, blobs, manifests, tags, referrers, garbage.

A rule is a plain function of a transaction and values. It knows neither HTTP nor SQL;
what it needs of the world is in `ports`.
"""
