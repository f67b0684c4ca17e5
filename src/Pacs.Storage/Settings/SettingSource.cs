namespace Pacs.Storage.Settings;

/// <summary>Where the value of a setting comes from; each goes before those above it.</summary>
public enum SettingSource
{
    /// <summary>Nobody said anything.</summary>
    Default,
    /// <summary><c>appsettings.json</c>.</summary>
    File,
    /// <summary>It was changed by REST.</summary>
    Database,
    /// <summary>An environment variable or an argument of the process.</summary>
    Environment,
}
