from provider.server import main

main()
