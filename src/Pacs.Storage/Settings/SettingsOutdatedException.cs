namespace Pacs.Storage.Settings;

/// <summary>Settings were changed while this process was not there to see it. It knows them now: it has to be built anew.</summary>
public sealed class SettingsOutdatedException() : Exception("Settings were changed by REST while this machine was away. It knows them now: start again.");
