"""What people, Apps and CI do on this little GitHub, by subject; `World` has them all."""
