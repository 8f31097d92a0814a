mkdir -p pack/conf
docker build -t app .
docker rmi app:build
