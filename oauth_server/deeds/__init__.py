"""What an operator does to an object, a file per noun: values in, values out. Console, API and command line call the same deed."""
