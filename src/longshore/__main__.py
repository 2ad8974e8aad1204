"""`python -m longshore` is the program `longshore`, where no script is on the path."""

from longshore.cli.main import main

if __name__ == "__main__":
    main()
