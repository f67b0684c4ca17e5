namespace Pacs.Storage.Settings;

/// <summary>Settings that cannot be as asked: a sentence for each of the reasons.</summary>
public sealed class SettingsRefusedException(IReadOnlyList<string> faults) : Exception(string.Join(' ', faults))
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
