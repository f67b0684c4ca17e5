using Pacs.Dimse.Server;
using Pacs.Storage.Hosting;

return await RoleHost.RunAsync(args, (services, configuration) => services.AddPacsDimse(configuration));
