using Pacs.Storage.Hosting;
using Pacs.Worker.Engine;

return await RoleHost.RunAsync(args, (services, configuration) => services.AddPacsWorker(configuration));
