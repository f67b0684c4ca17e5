using Microsoft.Extensions.Hosting;
using Pacs.Dimse.Server;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddPacsDimse(builder.Configuration);
await builder.Build().RunAsync();
