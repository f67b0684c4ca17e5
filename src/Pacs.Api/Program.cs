using Pacs.Api.Cli;

return await PacsCommands.RunAsync(args);
