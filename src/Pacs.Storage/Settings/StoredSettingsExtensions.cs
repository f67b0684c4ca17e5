using Microsoft.Extensions.Configuration;

namespace Pacs.Storage.Settings;

/// <summary>The configuration as it is with what was changed by REST.</summary>
public static class StoredSettingsExtensions
{
    /// <summary>For what has to be known before there are options: section <c>Pacs</c> alone.</summary>
    public static IConfiguration WithStoredSettings(this IConfiguration configuration) => new SettingLayers(configuration) is var layers ? layers.Compose(layers.Started) : configuration;
}
