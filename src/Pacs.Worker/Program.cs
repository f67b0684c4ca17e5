using Microsoft.Extensions.Hosting;
using Pacs.Worker.Engine;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddPacsWorker(builder.Configuration);
await builder.Build().RunAsync();
