"""How good recognition is: records of people from a file, some of them kept off file, and what is suggested."""
