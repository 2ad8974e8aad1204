"""The source of an image, read: its checkout, by git and the build system, and its project file.

Decides how things are found out and what stands in the way. What they mean for the names of an
image is `delivery`'s to say.
"""
