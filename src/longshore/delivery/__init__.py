"""The rules of shipping: what an image is called, where it runs, how it gets there, who is told.

Pure rules, and use cases over the transaction of `delivery.ports`. They see no request, no SQL and
no container.
"""
