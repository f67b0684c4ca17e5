using Pacs.Dimse.Server;
using Pacs.Storage.Hosting;
using Pacs.Worker.Engine;

namespace Pacs.Api.Hosting;

/// <summary>The default host: all roles in one process, or those that Pacs:Roles names.</summary>
internal static class PacsHost
{
    /// <summary>A host with the roles, ready to be run.</summary>
    /// <param name="args">Settings, as <c>--Pacs:Dimse:Port=11113</c>.</param>
    /// <param name="settings">Configuration that goes before all other.</param>
    public static IHost Build(string[] args, IConfiguration? settings = null)
    {
        var roles = RolesOf(args, settings);
        if (!roles.HasFlag(PacsRoles.Api))
        {
            var plain = Host.CreateApplicationBuilder(RoleHost.WithoutWatching(args));
            AddRoles(plain, roles, settings);
            return plain.Build();
        }
        var builder = WebApplication.CreateBuilder(RoleHost.WithoutWatching(args));
        AddRoles(builder, roles, settings);
        builder.Services.AddPacsApi(builder.Configuration);
        // Last, so that all else runs when it is told.
        builder.Services.AddHostedService<StartupNotice>();
        return builder.Build().MapPacsApi();
    }

    /// <summary>A host with the storage alone, for commands.</summary>
    public static IHost BuildForCommand()
    {
        var builder = Host.CreateApplicationBuilder(RoleHost.WithoutWatching([]));
        builder.Configuration.Sources.Insert(0, RoleHost.LoggingDefaults(LogLevel.Warning));
        builder.Services.AddPacsStorage(builder.Configuration);
        return builder.Build();
    }

    private static void AddRoles(IHostApplicationBuilder builder, PacsRoles roles, IConfiguration? settings)
    {
        builder.Configuration.Sources.Insert(0, RoleHost.LoggingDefaults(LogLevel.Information));
        if (settings is not null) builder.Configuration.AddConfiguration(settings);
        builder.Services.AddPacsStorage(builder.Configuration);
        if (roles.HasFlag(PacsRoles.Dimse)) builder.Services.AddPacsDimse(builder.Configuration);
        if (roles.HasFlag(PacsRoles.Worker)) builder.Services.AddPacsWorker(builder.Configuration);
    }

    // Which services there are depends on the roles: they are read before the options are there to be asked, which check them again.
    private static PacsRoles RolesOf(string[] args, IConfiguration? settings)
    {
        var builder = Host.CreateApplicationBuilder(RoleHost.WithoutWatching(args));
        if (settings is not null) builder.Configuration.AddConfiguration(settings);
        return Enum.TryParse<PacsRoles>(builder.Configuration[$"{PacsOptions.Section}:{nameof(PacsOptions.Roles)}"] ?? nameof(PacsRoles.All), ignoreCase: true, out var roles) ? roles : PacsRoles.All;
    }
}
