using System.Text.Json;

namespace Pacs.Storage.Settings;

/// <summary>A setting that was changed by REST.</summary>
/// <param name="Name">As <see cref="SettingDefinition.Name"/>.</param>
/// <param name="Value">As it was sent.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="ChangedBy">By which API key; empty while there are none.</param>
internal sealed record StoredSetting(string Name, JsonElement Value, DateTimeOffset ChangedAt, string ChangedBy);
