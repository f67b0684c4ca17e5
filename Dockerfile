# One image; the command says which of its programs runs: Pacs.Api (all roles unless told otherwise), Pacs.Dimse or Pacs.Worker.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet restore src/Pacs.Api --locked-mode
RUN dotnet publish src/Pacs.Api --no-restore -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
# The application user of the base image owns what is written.
RUN install -d -o app -g app -m 0700 /data
USER app
WORKDIR /app
VOLUME /data
EXPOSE 8080 11112
CMD ["dotnet", "Pacs.Api.dll"]
