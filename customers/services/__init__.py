"""What changes who somebody is: arriving, claiming, devices and what they may see."""
