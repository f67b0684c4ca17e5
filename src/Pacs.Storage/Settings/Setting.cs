using System.Text.Json;

namespace Pacs.Storage.Settings;

/// <summary>A setting as it is in this process.</summary>
public sealed record Setting
{
    /// <summary>As in <c>appsettings.json</c>: <c>Pacs:Dimse:Port</c>.</summary>
    public required string Name { get; init; }

    /// <summary>In force now. A secret that is set is shown as three asterisks.</summary>
    public JsonElement? Value { get; init; }

    /// <summary>In force when nobody says anything.</summary>
    public JsonElement? Default { get; init; }

    /// <summary>Where the value in force comes from.</summary>
    public required SettingSource Source { get; init; }

    public required SettingEffect Effect { get; init; }

    /// <summary>It was changed, and this process has to be started again for that to be in force.</summary>
    public required bool IsPending { get; init; }

    /// <summary>What was set by REST, be it in force or not.</summary>
    public JsonElement? Stored { get; init; }

    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Name of the API key that changed it.</summary>
    public string? ChangedBy { get; init; }
}
